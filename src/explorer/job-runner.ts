import { BadLayer } from '../oci/bad-layer.ts';
import { entryContent } from '../oci/entry-content.ts';
import type { LayoutFiles } from '../oci/layout/layout-files.ts';
import { readHead } from '../oci/layout/read-head.ts';
import { contentKey, maxContentBytes } from './contents.ts';
import { stackLayers } from './image/layer-stack.ts';
import { inTurns, readLayerBlob, verifyBlob } from './image/read-blob.ts';
import { type Job, type Lane, lanes, nextJob } from './jobs.ts';
import { headLength } from './pages/bytes.ts';
import type { ExplorerEvent } from './receive.ts';
import { type Content, type ExplorerState, itemAt } from './state.ts';

/** Milliseconds between two progress reports of a job. */
const progressMs = 150;

export interface JobRunner {
  /** Starts jobs that the screen needs; call it whenever the screen has changed. */
  readonly wake: () => void;
  /** Whether a job is running. */
  readonly isBusy: () => boolean;
  /** Starts no more jobs; running ones end at their next step. */
  readonly stop: () => void;
}

interface JobRunnerOptions {
  readonly files: LayoutFiles;
  readonly getState: () => ExplorerState;
  readonly tell: (event: ExplorerEvent) => void;
  readonly onBug: (error: unknown) => void;
}

/** Runs the jobs that the screen needs, one at a time per lane. */
export function startJobRunner({ files, getState, tell, onBug }: JobRunnerOptions): JobRunner {
  const busy = new Set<Lane>();
  const stopping = new AbortController();
  const { signal } = stopping;

  async function run(lane: Lane): Promise<void> {
    if (busy.has(lane)) return;
    busy.add(lane);
    try {
      for (let job = next(lane); job !== undefined; job = next(lane)) {
        tell({ type: 'started', job });
        const event = await outcome(job);
        if (signal.aborted) return;
        tell(event);
      }
    } catch (error) {
      if (!signal.aborted) onBug(error);
    } finally {
      busy.delete(lane);
    }
  }

  function next(lane: Lane): Job | undefined {
    return signal.aborted ? undefined : nextJob(getState(), lane);
  }

  async function outcome(job: Job): Promise<ExplorerEvent> {
    switch (job.type) {
      case 'head':
        return { ...job, type: 'head', bytes: await readOr(job.path, headLength) };
      case 'content': {
        const key = contentKey({ ...job, image: undefined });
        return { type: 'content', key, content: await contentOf(job.path, job.entry) };
      }
      case 'verify': {
        const verdict = await verifyBlob(files, job.path, job.digest, counter(job));
        return { type: 'verified', path: job.path, verdict };
      }
      case 'read': {
        const options = { maxHeaders: job.maxHeaders, onBytes: counter(job) };
        return {
          type: 'read',
          path: job.path,
          found: await readLayerBlob(files, job.path, options),
        };
      }
      case 'lay': {
        const found = await inTurns(stackLayers(job.layers), () => signal.throwIfAborted());
        return { type: 'laid', key: job.key, found };
      }
    }
  }

  async function contentOf(path: string, entry: number): Promise<Content> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of entryContent(files.read(path), entry)) {
        signal.throwIfAborted();
        chunks.push(chunk);
        size += chunk.byteLength;
        if (size >= maxContentBytes) break;
      }
    } catch (error) {
      if (error instanceof BadLayer) return error.message;
      throw error;
    }
    return Buffer.concat(chunks).subarray(0, maxContentBytes);
  }

  async function readOr(path: string, length: number): Promise<Uint8Array> {
    return await readHead(files, path, length);
  }

  /** Counts a job's bytes, reports its progress, and ends it if its result isn't needed any more. */
  function counter(job: Extract<Job, { type: 'verify' | 'read' }>): (bytes: number) => void {
    const size = itemAt(getState(), job.path)?.size ?? 0;
    let read = 0;
    let said = performance.now();
    return (bytes) => {
      signal.throwIfAborted();
      read += bytes;
      if (performance.now() - said < progressMs) return;
      said = performance.now();
      tell({ type: 'progress', job, part: size === 0 ? 1 : Math.min(1, read / size) });
    };
  }

  return {
    wake: () => {
      for (const lane of lanes) void run(lane);
    },
    isBusy: () => busy.size > 0,
    stop: () => stopping.abort(),
  };
}
