import { env as common, type Env } from 'onnxruntime-common';

/**
 * onnxruntime's settings, which are of no effect here. `versions.web` is the version of onnxruntime-web whose interface this
 * is: programs make addresses of it.
 */
export const env: Env = /*@__PURE__*/ withWebVersion(common);

function withWebVersion(settings: Env): Env {
  // Beside onnxruntime-web itself, which shares its onnxruntime-common, it has said so already.
  if (settings.versions.web === undefined) Object.assign(settings.versions, { web: settings.versions.common });
  return settings;
}
