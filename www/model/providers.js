// Addresses that a person should not have to look up.

/**
 * Where models are. What names no `provider` answers requests in OpenAI's older form, Chat Completions; the others are
 * asked in their own.
 *
 * @typedef {{ name: string, address: string, example: string, provider?: "openai" | "anthropic" | "gemini" | "ollama" }} Preset
 */

/**
 * A program on this computer: the command that starts it so that it answers pages of an origin, and what to say when it
 * runs without answering them.
 *
 * @typedef {Preset & { start?: (origin: string) => string, allow: string }} LocalProgram
 */

/** @type {LocalProgram[]} */
export const LOCAL_PROGRAMS = [
  {
    name: "Ollama",
    address: "http://localhost:11434",
    example: "llama3.2",
    // Its own protocol can say how long a context has to be.
    provider: "ollama",
    // Pages on this computer are allowed as it comes.
    start: (origin) =>
      isLoopback(new URL(origin).hostname) ? "ollama serve" : `OLLAMA_ORIGINS=${origin} ollama serve`,
    allow: "Stop it and start it with:",
  },
  {
    name: "LM Studio",
    address: "http://localhost:1234/v1",
    example: "qwen2.5-7b-instruct",
    start: () => "lms server start --cors",
    allow: "Switch on “Enable CORS” in its Developer settings, or start its server with:",
  },
  {
    name: "llama.cpp",
    address: "http://localhost:8080/v1",
    example: "any name",
    start: () => "llama-server -m model.gguf --port 8080",
    allow: "Start it again with:",
  },
  {
    name: "Another program",
    address: "http://localhost:8000/v1",
    example: "the model's name",
    allow: "Look for a setting named CORS or allowed origins.",
  },
];

/** Providers that answer pages.
 *
 * @type {Preset[]} */
export const PROVIDERS = [
  { name: "OpenAI", address: "https://api.openai.com/v1", example: "gpt-5.4-mini", provider: "openai" },
  { name: "Anthropic", address: "https://api.anthropic.com", example: "claude-haiku-4-5", provider: "anthropic" },
  {
    name: "Gemini",
    address: "https://generativelanguage.googleapis.com",
    example: "gemini-2.5-flash",
    provider: "gemini",
  },
  { name: "OpenRouter", address: "https://openrouter.ai/api/v1", example: "openai/gpt-oss-20b" },
  { name: "Groq", address: "https://api.groq.com/openai/v1", example: "openai/gpt-oss-20b" },
  { name: "Mistral", address: "https://api.mistral.ai/v1", example: "mistral-small-latest" },
  { name: "Together", address: "https://api.together.xyz/v1", example: "openai/gpt-oss-20b" },
  { name: "Hugging Face", address: "https://router.huggingface.co/v1", example: "openai/gpt-oss-20b" },
  { name: "Another provider", address: "", example: "the model's name" },
];

/** Small instruction-tuned models under Apache-2.0 that run in a page. The first is the default.
 *
 * @type {{ name: string, address: string, note: string }[]} */
export const PAGE_MODELS = [
  {
    name: "SmolLM2 360M",
    address: "HuggingFaceTB/SmolLM2-360M-Instruct-GGUF/smollm2-360m-instruct-q8_0.gguf",
    note: "386 MB, fast, simple text",
  },
  {
    name: "Qwen2.5 0.5B",
    address: "Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q4_k_m.gguf",
    note: "491 MB, many languages",
  },
  {
    name: "Qwen2.5 1.5B",
    address: "Qwen/Qwen2.5-1.5B-Instruct-GGUF/qwen2.5-1.5b-instruct-q4_k_m.gguf",
    note: "1.1 GB, better and slower",
  },
];

/** @param {string} hostname */
export const isLoopback = (hostname) => ["localhost", "127.0.0.1"].includes(hostname);
