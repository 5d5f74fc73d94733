#include "temporal_layers.h"

extern "C" {
#include <libavutil/dict.h>
#include <vpx/vp8cx.h>
}

#include <cstdint>

namespace webcodecs {
namespace {

// Base frames follow each other through LAST; the middle layer's stand in GOLDEN; nothing stays of
// the top layer's. Entropy contexts follow the base layer alone.
constexpr int64_t kBase =
    VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF;
constexpr int64_t kMiddle = VP8_EFLAG_NO_REF_GF | VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_LAST |
                            VP8_EFLAG_NO_UPD_ARF | VP8_EFLAG_NO_UPD_ENTROPY;
constexpr int64_t kKeptByNone = VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF |
                                VP8_EFLAG_NO_UPD_ARF | VP8_EFLAG_NO_UPD_ENTROPY;
constexpr int64_t kTopAfterBase = kKeptByNone | VP8_EFLAG_NO_REF_GF;
constexpr int64_t kTopAfterMiddle = kKeptByNone;

struct Place {
  int layer;
  int64_t references;
};
constexpr Place kTwoLayers[] = {{0, kBase}, {1, kTopAfterBase}};
constexpr Place kThreeLayers[] = {
    {0, kBase}, {2, kTopAfterBase}, {1, kMiddle}, {2, kTopAfterMiddle}};

Place PlaceOf(int layers, int position) {
  if (layers == 2) return kTwoLayers[position % 2];
  if (layers == 3) return kThreeLayers[position % 4];
  return {0, 0};
}

}  // namespace

int TemporalPeriod(int layers) { return 1 << (layers - 1); }

int TemporalLayer(int layers, int position) { return PlaceOf(layers, position).layer; }

Result<void> PutInTemporalLayer(int layers, int position, AVFrame& frame) {
  const Place place = PlaceOf(layers, position);
  // The names that FFmpeg's wrappers of libvpx and libaom look for.
  int code = av_dict_set_int(&frame.metadata, "temporal_id", place.layer, 0);
  if (code >= 0) code = av_dict_set_int(&frame.metadata, "vp8-flags", place.references, 0);
  if (code < 0) return Error{ErrorKind::kOperation, code, "av_dict_set_int", ""};
  return {};
}

}  // namespace webcodecs
