/** What the wasm exports through its generated glue: the side of the door that Rust must keep. */
import type {
  Config,
  ConfigIssue,
  ConfigSource,
  Dataset,
  RunOptions,
  RunPlan,
  Sample,
  Topic,
  Topics,
  Uploaded,
  UploadOptions,
} from "./index.js";

export function parseConfig(source: ConfigSource): Promise<Config>;
export function checkConfig(source: ConfigSource): Promise<ConfigIssue[]>;
export function planRun(source: ConfigSource, topics?: Topics): Promise<RunPlan>;
export function generateTopics(source: ConfigSource, options?: RunOptions): Promise<Topics>;
export function parseTopics(text: string): Promise<Topics>;
export function serializeTopics(topics: Topics): Promise<string>;
export function generateSample(source: ConfigSource, topic: Topic, options?: RunOptions): Promise<Sample>;
export function generateDataset(source: ConfigSource, options?: RunOptions): Promise<Dataset>;
export function readDeepFabricCheckpoint(
  source: ConfigSource,
  topics: Topics,
  files: { metadata: string; samples: string },
): Promise<string[]>;
export function checkSample(source: ConfigSource, sample: Sample, options?: RunOptions): Promise<ConfigIssue[]>;
export function uploadDataset(dataset: Dataset | Blob, options: UploadOptions): Promise<Uploaded>;
export function openSamples(source: ConfigSource, topics: Topics, options?: RunOptions): Promise<SampleCursor>;

export class SampleCursor {
  private constructor();
  /** How many samples may be made before somebody asks for them. */
  readonly ahead: number;
  /** The next sample, or undefined after the last. One call at a time. */
  next(): Promise<Sample | undefined>;
  /** Ends the run; a next() on its way settles soon after. */
  cancel(): void;
  free(): void;
}

export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
