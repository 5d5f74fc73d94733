// HDR metadata in AV1 streams of encoders that are not told of it (AV1 specification, 5.8).
#pragma once

#include "av_ptr.h"
#include "result.h"
#include "video_encoder_options.h"

namespace webcodecs {

// `packet`, a temporal unit, with the metadata OBUs of what `stream` knows about its HDR behind the
// sequence header; as it was where one of the two is missing.
Result<PacketPtr> WithHdrMetadata(PacketPtr packet, const StreamParameters& stream);

}  // namespace webcodecs
