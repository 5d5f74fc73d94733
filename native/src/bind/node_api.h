// The one include of napi.h. The build sets the Node-API version and the rest; what would be unsafe
// is refused here.
#pragma once

#include <napi.h>

#if NAPI_VERSION != 8
#error "Build with NAPI_VERSION=8."
#endif
#ifndef NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED
#error "External buffers do not exist in Electron: build with NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED."
#endif
#ifndef NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#error "Throwing while an environment ends must not abort: NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS."
#endif
