// Thousands of damaged chunks would otherwise be told of on the error stream.
#include "core/library_log.h"

namespace webcodecs {
namespace {

const bool kQuiet = [] {
  QuietLibraries();
  return true;
}();

}  // namespace
}  // namespace webcodecs
