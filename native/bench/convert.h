#ifndef NATIVE_BENCH_CONVERT_H_
#define NATIVE_BENCH_CONVERT_H_

namespace webcodecs {

// Seconds that swscale alone takes to make I420 of `count` RGBA pictures, on one thread, with the
// context made and the memory touched beforehand. Negative where it can't.
double ConvertRgba(int width, int height, int count);

}  // namespace webcodecs

#endif  // NATIVE_BENCH_CONVERT_H_
