// Where functions that are no templates are defined: see docs/compiled.md.
#pragma once

/// In front of a definition in a file NAME.ipp. Every source that includes NAME.hpp compiles it too,
/// as an inline function, unless OSTEON_COMPILED is defined for the whole program: then one source
/// includes all of them (src/), and headers only declare.
#if defined(OSTEON_COMPILED)
#define OSTEON_INLINE
#else
#define OSTEON_INLINE inline
#endif
