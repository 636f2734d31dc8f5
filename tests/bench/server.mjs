/**
 * A model server in a process of its own, so that its work isn't counted with the client's. It does as little as it can,
 * and answers whole: what a streamed answer costs beside that depends on how many pieces it comes in.
 */
import { createServer } from "node:http";
import { obligingReply } from "../support/obliging-model.mjs";

const server = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  const { messages, response_format } = JSON.parse(text);
  const { name: purpose, schema } = response_format.json_schema;
  const message = { role: "assistant", content: obligingReply({ messages, schema, purpose }) };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
    }),
  );
});
server.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.send?.(`http://127.0.0.1:${port}`);
});
