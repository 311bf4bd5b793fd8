/** What a tracked script or process says of this host. */
export type TrackResult = {
  /** `script apache`, as reasons name it. */
  readonly what: string;
  /** Null: nothing is known yet. */
  readonly isUp: boolean | null;
  readonly because: string;
  /** 0: failing means Fault. Otherwise the change of priority, as keepalived's `weight`. */
  readonly weight: number;
};

/** How often the same answer was heard in a row, and what counts until it was heard often enough. */
export type Track = { readonly isUp: boolean | null; readonly last: boolean | null; readonly inRow: number };

export const untracked: Track = { isUp: null, last: null, inRow: 0 };

/** One more answer. The first counts at once; after that a change needs `rise` good or `fall` bad ones in a row. */
export function stepTrack(track: Track, isOk: boolean, { rise, fall }: { rise: number; fall: number }): Track {
  const inRow = track.last === isOk ? track.inRow + 1 : 1;
  const isChanged = track.isUp === null || inRow >= (isOk ? rise : fall);
  return { isUp: isChanged ? isOk : track.isUp, last: isOk, inRow };
}
