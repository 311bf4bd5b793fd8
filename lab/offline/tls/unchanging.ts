import type { ResourceType } from "../grpc/provider.ts";

/** What all resources of this package share: they exist in the state alone, and an update in place leaves what was made. */
export const unchanging = {
  comparesPlain: true,
  keepsOutputsInUpdate: true,
  previewId: () => "",
  update: async () => ({}),
  delete: async () => undefined,
} satisfies Partial<ResourceType>;
