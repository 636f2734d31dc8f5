/**
 * The providers' own libraries, asked for the same as our package: what they send is what the providers expect. Their
 * types check the calls below, so that a field with a wrong name does not pass as an unknown one.
 */
import Anthropic from "@anthropic-ai/sdk";
import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema";
import { GoogleGenAI } from "@google/genai";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { toStrictJsonSchema } from "openai/lib/transform";

/**
 * One call, in nobody's form.
 * @typedef {object} Said
 * @property {string} name of the schema
 * @property {string} system
 * @property {string} user
 * @property {Record<string, unknown>} schema
 * @property {number} temperature
 * @property {number} maxTokens
 * @property {boolean} stream
 */

/**
 * @typedef {object} Library
 * @property {string} model
 * @property {Record<string, unknown>} llm what our configuration says to reach the same protocol
 * @property {(body: any) => { system: string, schema: any }} read where the protocol has what only we can say: what the
 *   schema leaves unsaid stands in the system text, so both depend on the provider
 * @property {(schema: any) => any} [normalized] the schema as the library itself would write it
 * @property {Record<string, string>} [ours] headers and fields that we alone send, with the reason
 * @property {Record<string, string>} [theirs] headers and fields that the library alone sends, with the reason
 * @property {(said: Said, model: string, key: string, fetch: typeof globalThis.fetch) => Promise<unknown>} send
 */

/** Streams count as sent when they are read. @param {Promise<unknown>} answered */
async function finish(answered) {
  const answer = /** @type {any} */ (await answered);
  if (answer[Symbol.asyncIterator] !== undefined) for await (const _ of answer);
}

/** @type {Record<string, Library>} */
export const libraries = {
  "openai, Responses": {
    model: "gpt-6-sol",
    llm: { provider: "openai" },
    read: (body) => ({ system: body.instructions, schema: body.text.format.schema }),
    normalized: toStrictJsonSchema,
    send({ name, system, user, schema, temperature, maxTokens, stream }, model, apiKey, fetch) {
      const client = new OpenAI({ apiKey, fetch, maxRetries: 0 });
      return finish(
        client.responses.create({
          model,
          instructions: system,
          input: [{ role: "user", content: user }],
          temperature,
          max_output_tokens: maxTokens,
          text: { format: { type: "json_schema", name, strict: true, schema } },
          store: false,
          ...(stream && { stream }),
        }),
      );
    },
  },
  "openai, Chat Completions": {
    model: "gpt-5-mini",
    llm: { provider: "openai", base_url: "https://api.openai.com/v1/chat/completions" },
    read: (body) => ({ system: body.messages[0].content, schema: body.response_format.json_schema.schema }),
    normalized: toStrictJsonSchema,
    send({ name, system, user, schema, temperature, maxTokens, stream }, model, apiKey, fetch) {
      const client = new OpenAI({ apiKey, fetch, maxRetries: 0 });
      return finish(
        client.chat.completions.create({
          model,
          messages: [
            { role: "developer", content: system },
            { role: "user", content: user },
          ],
          temperature,
          max_completion_tokens: maxTokens,
          response_format: { type: "json_schema", json_schema: { name, strict: true, schema } },
          ...(stream && { stream, stream_options: { include_usage: true } }),
        }),
      );
    },
  },
  "@anthropic-ai/sdk": {
    model: "claude-sonnet-5-5",
    llm: { provider: "anthropic" },
    read: (body) => ({ system: body.system[0]?.text ?? body.system, schema: body.output_config.format.schema }),
    normalized: transformJSONSchema,
    ours: { "headers.x-api-key": "the header of old: proxies and other servers of this protocol know no other" },
    theirs: { "headers.authorization": "the same key, where only Anthropic itself takes it" },
    send({ system, user, schema, maxTokens, stream }, model, apiKey, fetch) {
      const client = new Anthropic({ apiKey, fetch, maxRetries: 0, dangerouslyAllowBrowser: true });
      // No temperature: this version of the protocol refuses it, and the library does not know it any more.
      return finish(
        client.messages.create({
          model,
          max_tokens: maxTokens,
          system,
          messages: [{ role: "user", content: user }],
          output_config: { format: { type: "json_schema", schema } },
          ...(stream && { stream }),
        }),
      );
    },
  },
  "@google/genai": {
    model: "gemini-3.8-flash",
    llm: { provider: "gemini" },
    read: (body) => ({
      system: body.systemInstruction.parts[0].text,
      schema: body.generationConfig.responseJsonSchema,
    }),
    theirs: { "body.systemInstruction.role": "the protocol has no use for it" },
    async send({ system, user, schema, temperature, maxTokens, stream }, model, apiKey, fetch) {
      const { models } = new GoogleGenAI({ apiKey });
      const request = {
        model,
        contents: user,
        config: {
          systemInstruction: system,
          temperature,
          maxOutputTokens: maxTokens,
          responseMimeType: "application/json",
          responseJsonSchema: schema,
        },
      };
      // This library has no option for it.
      const realFetch = globalThis.fetch;
      globalThis.fetch = fetch;
      try {
        await finish(stream ? models.generateContentStream(request) : models.generateContent(request));
      } finally {
        globalThis.fetch = realFetch;
      }
    },
  },
  ollama: {
    model: "qwen3:8b",
    llm: { provider: "ollama" },
    read: (body) => ({ system: body.messages[0].content, schema: body.format }),
    ours: {
      "body.options.num_ctx":
        "the server's own idea of a context is short, and it forgets the beginning of what is longer",
      "body.truncate": "so that a prompt that does not fit is an error",
      "body.shift": "so that a reply that does not fit is an error",
    },
    send({ system, user, schema, temperature, maxTokens, stream }, model, apiKey, fetch) {
      const client = new Ollama({
        host: "http://localhost:11434",
        fetch,
        headers: { authorization: `Bearer ${apiKey}` },
      });
      const request = {
        model,
        messages: [
          { role: "system", content: system },
          { role: "user", content: user },
        ],
        format: schema,
        options: { temperature, num_predict: maxTokens },
      };
      return finish(stream ? client.chat({ ...request, stream: true }) : client.chat({ ...request, stream: false }));
    },
  },
};
