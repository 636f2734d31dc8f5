/** The model server in a process of its own, so that its work isn't counted with the client's. */
import { startModelServer } from "../support/model-server.mjs";

const { url } = await startModelServer();
process.send?.(url);
