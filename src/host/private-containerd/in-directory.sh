#!/bin/bash
# Goes to a directory in there: only so are the mounts on the way the ones that were made in there.
cd -- "$1" && shift && exec "$@"
