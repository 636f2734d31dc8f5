/**
 * A model that does what it is asked: its reply depends on the request alone, so every run of the same configuration
 * gives the same dataset. Shared by the model server and by tests that pass it as the `model` option.
 */

/**
 * @param {{ messages: { role: string, content: string | null }[], schema?: any, purpose: string }} request
 * @returns {string} the text of the reply
 */
export function obligingReply({ messages, schema, purpose }) {
  const prompt = messages.at(-1)?.content ?? "";
  if (purpose === "topics") {
    const { minItems, items } = schema.properties.subtopics;
    const topic = prompt
      .split("\n")[0]
      .replace(/^Path: /, "")
      .split(" -> ")
      .at(-1)
      ?.replaceAll('"', "");
    const names = Array.from({ length: minItems }, (_, index) => `${topic} ${"abcdefghijkl"[index % 12]}${index}`);
    return JSON.stringify({
      subtopics: items.type === "string" ? names : names.map((topic) => ({ topic, connections: [1, 2] })),
    });
  }
  const about = prompt.replaceAll("\n", " ");
  return JSON.stringify({
    question: `What should I know about this: ${about} — café, 循环, 😀?`,
    reasoning: `First I look at ${about}.\nThen I conclude.`,
    answer: `It is about ${about}. Here is "a quoted" \\ answer.`,
  });
}

/**
 * The obliging model as the contract's `model` option.
 * @param {{ messages: any[], schema?: any, purpose: string }} request
 */
export async function obligingModel(request) {
  return { text: obligingReply(request), usage: { inputTokens: 100, outputTokens: 20 } };
}
