import { type Script, sh } from '../../src/engine/script.ts';
import goodImageText from './good-image.sh';
import layoutTools from './layout.sh';

/** A script of the lab's own, with the functions of `layout.sh` before it. */
export function withLayoutTools(script: Script | string): Script {
  const source = typeof script === 'string' ? script : script.source;
  return { source: `${layoutTools.trim()}\n\n${source.trim()}` };
}

/** Builds the image that every case begins with. */
export const goodImage: Script = withLayoutTools(goodImageText);

/** Packs the layout and imports it, as lesson 05 does: the command of many tickets. */
export const importImage: Script = sh`
  tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
  sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
`;

/** Imports the image, and reads a file in a container of it. */
export const runImage: Script = {
  source: `${importImage.source}\n${
    sh`
      timeout -k 1 30 sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest demo \
        /bin/sh -c 'cat /etc/build-id' </dev/null
    `.source
  }`,
};
