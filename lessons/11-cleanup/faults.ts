import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  containerd: {
    empty: [
      {
        name: 'a snapshot is left',
        breaks: sh`
          sudo ctr -n "$CTR_NAMESPACE" snapshots prepare left-behind
        `,
        says: /snapshot left-behind/,
      },
    ],
  },
  machine: {
    nothing: [
      {
        name: 'a process keeps a mount below the directory',
        breaks: sh`
          mkdir -p "$WORKDIR/.handroll-tour" "$WORKDIR/kept"
          echo '{"tool":"handroll-tour"}' >"$WORKDIR/.handroll-tour/owner.json"
          sudo mount -t tmpfs tmpfs "$WORKDIR/kept"
        `,
        mends: sh`sudo umount "$WORKDIR/kept"`,
        also: ['directory'],
        says: /mount .*\/kept, directory/,
      },
    ],
    directory: [
      {
        name: "the directory has no marker, so it isn't ours to delete",
        breaks: sh`mkdir -p "$WORKDIR" && touch "$WORKDIR/somebody-elses"`,
        mends: sh`rm -r "$WORKDIR"`,
        also: ['nothing'],
        says: /without the tour's marker file/,
      },
    ],
  },
});
