/**
 * A double of the binding to Workers AI, as a module of its own behind `env.AI`. What a model does goes by its name; the
 * replies and the errors have the forms of the real ones.
 */

/** An error as the binding makes it of what Workers AI answers. @param {string} message @param {string} [name] */
const upstream = (message, name = "AiError") => Object.assign(new Error(message), { name });

/** A reply that satisfies either of the schemas that a run asks with. @param {any} schema @param {number} number */
function write(schema, number) {
  const { subtopics } = schema.properties;
  if (!subtopics) return { question: `What is river ${number}?`, answer: `It is the river with the number ${number}.` };
  return { subtopics: Array.from({ length: subtopics.minItems }, (_, index) => `River ${number}.${index}`) };
}

/** @param {any} inputs */
function schemaIn({ response_format, messages }) {
  if (response_format) return response_format.json_schema;
  return JSON.parse(messages.at(-1).content.split("\n").at(-1));
}

const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };

/** @type {Record<string, (inputs: any, number: number) => any>} */
const MODELS = {
  "@cf/test/obliging": (inputs, number) => ({ response: write(schemaIn(inputs), number), tool_calls: [], usage }),
  "@cf/test/chat": (inputs, number) => {
    const content = JSON.stringify(write(schemaIn(inputs), number));
    return { choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }], usage };
  },
  "@cf/test/response": (inputs, number) => {
    const text = JSON.stringify(write(schemaIn(inputs), number));
    const output = [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }];
    return { object: "response", status: "completed", output, usage: { input_tokens: 100, output_tokens: 20 } };
  },
  "@cf/test/no-json-mode": (inputs, number) => {
    if (inputs.response_format) throw upstream("5025: This model doesn't support JSON Schema");
    return { response: JSON.stringify(write(schemaIn(inputs), number)), usage };
  },
  "@cf/test/busy": (inputs, number) => {
    if (number % 3 === 0) throw upstream("3040: Capacity temporarily exceeded, please try again.");
    if (number % 5 === 0) throw upstream("5024: JSON Mode couldn't be met");
    return { response: write(schemaIn(inputs), number), usage };
  },
  "@cf/test/spent": (inputs, number) => {
    // Four requests grow the topics; of the samples the first four are written.
    if (number > 8) throw upstream("3036: You have used up your daily free allocation of 10,000 neurons.");
    return { response: write(schemaIn(inputs), number), usage };
  },
  "@cf/test/hanging": () => new Promise(() => {}),
};

export default () => {
  /** @type {Map<string, number>} */
  const numbers = new Map();
  return {
    /** @param {string} name @param {any} inputs @param {any} [options] */
    async run(name, inputs, { signal, gateway } = {}) {
      signal?.throwIfAborted();
      const number = (numbers.get(name) ?? 0) + 1;
      numbers.set(name, number);
      if (!Object.hasOwn(MODELS, name)) throw upstream(`5007: No such model ${name} or task`);
      // A gateway with a cache tells nothing new.
      return MODELS[name](inputs, gateway && !gateway.skipCache ? 1 : number);
    },
  };
};
