// Copies to a device that run beside what it computes.
#pragma once

namespace osteon {

/// A batch of T's on its way from host memory into a device's own. Each device that is no host
/// defines
///
///     Upload<T, Device>::Source   a std::vector<T> in memory that the device copies from
///     start(source)               begins to copy; `source` stays as it is until wait()
///     wait()                      waits until `source` has been copied; at once before any start()
///     read(action)                action(const T*), which queues what reads the copy
///
/// A start() overwrites the copy, once what read() queued has ended. The destructor waits.
template <class T, class Device>
class Upload;

}  // namespace osteon
