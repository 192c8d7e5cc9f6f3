// Where functions that are no templates are compiled: everywhere, or once.
#pragma once

/// Stands before each definition in a file NAME.ipp. Header-only, NAME.hpp includes NAME.ipp, and the
/// function is inline. With OSTEON_COMPILED, defined for all of a program, NAME.hpp only declares it,
/// and the library osteon::compiled (src/) defines it.
#if defined(OSTEON_COMPILED)
#define OSTEON_INLINE
#else
#define OSTEON_INLINE inline
#endif
