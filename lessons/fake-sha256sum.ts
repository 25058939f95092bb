import type { Fault } from '../src/engine/check.ts';
import { sh } from '../src/engine/script.ts';

/** How a check that asks `sha256sum` as well is seen to fail: by another one, first on the PATH. */
export const fakeSha256sum: Fault<never> = {
  name: 'the sha256sum on the PATH lies',
  breaks: sh`
    mkdir -p "$WORKDIR/.handroll-tour/bin"
    printf '#!/bin/sh\necho 0000 -\n' >"$WORKDIR/.handroll-tour/bin/sha256sum"
    chmod +x "$WORKDIR/.handroll-tour/bin/sha256sum"
  `,
  mends: sh`rm "$WORKDIR/.handroll-tour/bin/sha256sum"`,
  says: /sha256:0000 \(sha256sum\)/,
};
