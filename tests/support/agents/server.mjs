/**
 * What agents may find outside: DeepFabric's tool service with its file system and its mock component, and an MCP server,
 * on a free port of this machine.
 */
import { createServer } from "node:http";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "content-type, mcp-protocol-version, mcp-session-id",
  "access-control-allow-methods": "GET, POST, DELETE",
  "access-control-expose-headers": "mcp-session-id",
};

/** The file system of one session, with the answers of DeepFabric's. */
class Files {
  /** @type {Map<string, string>} */
  #files = new Map();

  /** @param {string} tool @param {any} args */
  call(tool, { file_path: path, content }) {
    const known = this.#files.get(path);
    const found = (/** @type {(content: string) => string} */ act) =>
      known === undefined
        ? { success: false, result: `File not found: ${path}`, error_type: "FileNotFound" }
        : { success: true, result: act(known) };
    switch (tool) {
      case "read_file":
        return found((text) => text);
      case "write_file":
        this.#files.set(path, content);
        return { success: true, result: `Successfully wrote ${Buffer.byteLength(content)} bytes to ${path}` };
      case "list_files":
        return { success: true, result: JSON.stringify([...this.#files.keys()]) };
      case "delete_file":
        return found(() => (this.#files.delete(path), `Successfully deleted ${path}`));
    }
    return { success: false, result: `Unknown tool: ${tool}`, error_type: "UnknownTool" };
  }
}

/** The definitions that the service has of any tool, in MCP's form. @param {string[]} names */
const definitions = (names) =>
  names.map((name) => ({
    name,
    description: `Does ${name.replaceAll("_", " ")}`,
    inputSchema: { type: "object", properties: { subject: { type: "string" }, count: { type: "integer" } } },
  }));

/** @param {string} tool @param {unknown} args */
const made = (tool, args) => ({ tool, input_received: args, status: "success" });

/** What an MCP server makes of a message. @param {any} message */
function mcp({ method, params }) {
  switch (method) {
    case "initialize":
      return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "test" } };
    case "tools/list": {
      const inputSchema = { type: "object", properties: { item: { type: "string" } }, required: ["item"] };
      return { tools: [{ name: "weigh", description: "Weighs an item", inputSchema }] };
    }
    case "tools/call":
      return { content: [{ type: "text", text: `${params.arguments.item}: 300 g` }] };
  }
}

/** @param {{ names: string[] }} tools that the service defines */
export async function startToolServer({ names }) {
  /** @type {Map<string, Files>} */
  const sessions = new Map();
  const counts = { sessions: 0, ended: 0, calls: 0 };
  const filesOf = (/** @type {string} */ session) => {
    const files = sessions.get(session) ?? new Files();
    if (!sessions.has(session)) counts.sessions++;
    sessions.set(session, files);
    return files;
  };

  const server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") return response.writeHead(204, CORS).end();
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    let text = "";
    for await (const piece of request) text += piece;
    const body = text ? JSON.parse(text) : {};
    /** @param {unknown} answer */
    const say = (answer) =>
      void response.writeHead(200, { "content-type": "application/json", ...CORS }).end(JSON.stringify(answer));

    if (request.method === "DELETE") {
      if (sessions.delete(decodeURIComponent(pathname.replace("/session/", "")))) counts.ended++;
      return say({});
    }
    if (pathname === "/vfs/health") return say({ status: "healthy", components: ["vfs"] });
    if (/^\/\w+\/list-tools$/.test(pathname)) return say({ tools: definitions(names) });
    if (pathname === "/mcp") {
      const result = mcp(body);
      if (!result) return void response.writeHead(202, CORS).end();
      return say({ jsonrpc: "2.0", id: body.id, result });
    }
    counts.calls++;
    if (pathname === "/vfs/execute") return say(filesOf(body.session_id).call(body.tool, body.args));
    // In the form of MCP, without a session.
    if (body.name) return say({ result: made(body.name, body.arguments) });
    filesOf(body.session_id);
    return say({ success: true, result: JSON.stringify(made(body.tool, body.args)) });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
