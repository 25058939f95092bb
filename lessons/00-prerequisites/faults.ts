import { defineFaults } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { checks } from './checks.ts';

export const faults = defineFaults(checks, {
  machine: {
    runtime: [
      {
        name: 'runc is there but does not run',
        breaks: sh`
          mkdir -p "$WORKDIR/.handroll-tour/bin"
          printf '#!/bin/sh\nexit 126\n' >"$WORKDIR/.handroll-tour/bin/runc"
          chmod +x "$WORKDIR/.handroll-tour/bin/runc"
        `,
        mends: sh`rm "$WORKDIR/.handroll-tour/bin/runc"`,
        says: /runc: .* does not run/,
      },
    ],
    archives: [
      {
        name: 'the first tar on the PATH is busybox',
        breaks: sh`
          mkdir -p "$WORKDIR/.handroll-tour/bin"
          printf '#!/bin/sh\necho "tar (busybox) 1.36.1"\n' >"$WORKDIR/.handroll-tour/bin/tar"
          chmod +x "$WORKDIR/.handroll-tour/bin/tar"
        `,
        mends: sh`rm "$WORKDIR/.handroll-tour/bin/tar"`,
        says: /not GNU tar/,
      },
    ],
    helpers: [
      {
        name: 'jq is there but broken',
        breaks: sh`
          mkdir -p "$WORKDIR/.handroll-tour/bin"
          printf '#!/bin/sh\necho "cannot open shared object file" >&2\nexit 127\n' \
            >"$WORKDIR/.handroll-tour/bin/jq"
          chmod +x "$WORKDIR/.handroll-tour/bin/jq"
        `,
        mends: sh`rm "$WORKDIR/.handroll-tour/bin/jq"`,
        says: /jq: .* does not run/,
      },
    ],
    static: [
      {
        name: 'the busybox found is a dynamic program',
        breaks: sh`
          mkdir -p "$WORKDIR/.handroll-tour/bin"
          cp "$(command -v ls)" "$WORKDIR/.handroll-tour/bin/busybox.static"
        `,
        mends: sh`rm "$WORKDIR/.handroll-tour/bin/busybox.static"`,
        says: /is dynamic: it asks for/,
      },
    ],
    ours: [
      {
        name: 'the marker file is gone',
        breaks: sh`mv "$WORKDIR/.handroll-tour/owner.json" "$WORKDIR/.handroll-tour/away"`,
        mends: sh`mv "$WORKDIR/.handroll-tour/away" "$WORKDIR/.handroll-tour/owner.json"`,
        says: /it has no marker file/,
      },
      {
        name: 'the disk became read-only',
        breaks: sh`
          sudo mount --bind "$WORKDIR" "$WORKDIR"
          sudo mount -o remount,bind,ro "$WORKDIR"
        `,
        mends: sh`sudo umount "$WORKDIR"`,
        says: /it isn't writable/,
      },
    ],
    programs: [
      {
        name: 'the filesystem was mounted noexec',
        breaks: sh`
          sudo mount --bind "$WORKDIR" "$WORKDIR"
          sudo mount -o remount,bind,noexec "$WORKDIR"
        `,
        mends: sh`sudo umount "$WORKDIR"`,
        says: /is mounted noexec/,
      },
    ],
    room: [
      {
        name: 'the disk is almost full',
        breaks: sh`
          mark=$(cat "$WORKDIR/.handroll-tour/owner.json")
          sudo mount -t tmpfs -o size=1m,mode=0755 tmpfs "$WORKDIR"
          mkdir "$WORKDIR/.handroll-tour"
          echo "$mark" >"$WORKDIR/.handroll-tour/owner.json"
        `,
        mends: sh`sudo umount "$WORKDIR"`,
        also: ['alone', 'answers', 'kernel'],
        says: /MB are free, and 32.0 MB are needed/,
      },
    ],
    ground: [
      {
        name: 'a filesystem that stores no files was mounted over it',
        breaks: sh`sudo mount -t proc proc "$WORKDIR"`,
        mends: sh`sudo umount "$WORKDIR"`,
        also: ['alone', 'answers', 'kernel', 'ours'],
        says: /^proc, mounted at/m,
      },
    ],
    answers: [
      {
        name: "the private containerd can't start: its root is a file",
        breaks: sh`
          own="$WORKDIR/.handroll-tour/containerd"
          kill "$(cat "$own/pid")"
          while [ -e "/proc/$(cat "$own/pid")" ]; do sleep 0.02; done
          mv "$own/root" "$own/root.away"
          touch "$own/root"
        `,
        mends: sh`
          own="$WORKDIR/.handroll-tour/containerd"
          rm "$own/root"
          mv "$own/root.away" "$own/root"
        `,
        also: ['alone', 'kernel'],
        says: /doesn't start/,
      },
    ],
    kernel: [
      {
        name: 'cgroups are mounted read-only, as in most containers',
        breaks: sh`
          own="$WORKDIR/.handroll-tour/containerd"
          sudo nsenter --target "$(cat "$own/pid")" --mount --pid bash -c '
            while read -r _ at type _; do
              case $type in cgroup*) exec mount -o remount,bind,ro "$at" ;; esac
            done </proc/mounts
          '
        `,
        mends: sh`
          own="$WORKDIR/.handroll-tour/containerd"
          sudo nsenter --target "$(cat "$own/pid")" --mount --pid bash -c '
            while read -r _ at type _; do
              case $type in cgroup*) exec mount -o remount,bind,rw "$at" ;; esac
            done </proc/mounts
          '
        `,
        says: /is mounted read-only/,
      },
    ],
    alone: [
      {
        name: 'another user prepared a snapshot here',
        breaks: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots prepare somebody-elses`,
        mends: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm somebody-elses`,
        says: /somebody-elses/,
      },
    ],
  },
});
