/** The Hub's API, as far as datasets are concerned. */
import { TOKENS } from "./tokens.mjs";

/** @typedef {import("./faults.mjs").Answer} Answer */
/** @typedef {import("./world.mjs").World} World */

/** What a request is about. @type {[step: string, method: string, pattern: RegExp][]} */
const STEPS = [
  ["authorize", "GET", /^\/oauth\/authorize$/],
  ["token", "POST", /^\/oauth\/token$/],
  ["userinfo", "GET", /^\/oauth\/userinfo$/],
  ["whoami", "GET", /^\/api\/whoami-v2$/],
  ["create", "POST", /^\/api\/repos\/create$/],
  ["validate", "POST", /^\/api\/validate-yaml$/],
  ["preupload", "POST", /^\/api\/datasets\/([^/]+\/[^/]+)\/preupload\/([^/]+)$/],
  ["commit", "POST", /^\/api\/datasets\/([^/]+\/[^/]+)\/commit\/([^/]+)$/],
  ["branch", "POST", /^\/api\/datasets\/([^/]+\/[^/]+)\/branch\/([^/]+)$/],
  ["tree", "GET", /^\/api\/datasets\/([^/]+\/[^/]+)\/tree\/([^/]+)(?:\/(.*))?$/],
  ["discussions", "GET", /^\/api\/datasets\/([^/]+\/[^/]+)\/discussions$/],
  ["discuss", "POST", /^\/api\/datasets\/([^/]+\/[^/]+)\/discussions$/],
  ["info", "GET", /^\/api\/datasets\/([^/]+\/[^/]+)(?:\/revision\/([^/]+))?$/],
  ["batch", "POST", /^\/datasets\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/],
  ["verify", "POST", /^\/verify\/(\w+)$/],
  ["resolve", "GET", /^\/(?:api\/resolve-cache\/)?datasets\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/],
];

/** @param {string} method @param {URL} url */
export function stepOf(method, { pathname }) {
  const asked = method === "HEAD" ? "GET" : method;
  return STEPS.find(([, wanted, pattern]) => wanted === asked && pattern.test(pathname))?.[0] ?? "unknown";
}

/**
 * @param {World} world
 * @param {string} step
 * @param {URL} url
 * @param {import("node:http").IncomingMessage} request
 * @param {Buffer} bytes
 * @param {{ hub: string, storage: string }} bases
 * @returns {Answer | undefined} nothing for what is not there
 */
export function answerApi(world, step, url, request, bytes, bases) {
  if (["authorize", "token", "userinfo"].includes(step)) return world.signIns.answer(step, url, request, bytes);
  const token = request.headers.authorization?.replace(/^Bearer /, "");
  const mayWrite = token === TOKENS.write || token === TOKENS.oauth;
  if (token !== undefined && !mayWrite && token !== TOKENS.read) {
    return { status: 401, body: { error: "Invalid credentials in Authorization header" } };
  }
  if (step === "whoami") {
    if (!token) return { status: 401, body: { error: "Invalid username or password." } };
    const accessToken = { displayName: "test", role: mayWrite ? "write" : "read" };
    return {
      status: 200,
      body: { type: "user", id: "1", name: "me", orgs: [], auth: { type: "access_token", accessToken } },
    };
  }
  const pattern = STEPS.find(([name]) => name === step)?.[2];
  const [, id = "", revision = "main", path = ""] = (pattern?.exec(url.pathname) ?? []).map(
    (part) => part && decodeURIComponent(part),
  );
  const isJson = /json/.test(request.headers["content-type"] ?? "") && step !== "commit";
  const body = isJson && bytes.length > 0 ? JSON.parse(bytes.toString("utf8")) : undefined;
  if (step === "validate") return { status: 200, body: { errors: [], warnings: [] } };
  if (step === "verify") {
    return world.storage.objects.has(body.oid) ? { status: 200 } : { status: 404, body: { error: "no such object" } };
  }
  if (request.method === "POST" && !mayWrite) {
    return token
      ? { status: 403, body: { error: "you need the right to write" } }
      : { status: 401, body: { error: "who are you?" } };
  }
  if (step === "create") {
    const name = `${body.organization ?? "me"}/${body.name}`;
    if (body.type !== "dataset" || !/^(me|club)\//.test(name))
      return { status: 403, body: { error: "not your namespace" } };
    const url = `${bases.hub}/datasets/${name}`;
    if (world.repositories.has(name))
      return { status: 409, body: { error: "You already created this dataset repo", url } };
    world.create(name, body.visibility === "private" || body.private === true);
    return { status: 200, body: { url, id: "1", name } };
  }
  const repository = world.repositories.get(id);
  if (!repository || (repository.isPrivate && !token)) return undefined;
  const found = repository.find(revision);
  const missing = {
    status: 404,
    body: { error: `Invalid rev id: ${revision}` },
    headers: { "x-error-code": "RevisionNotFound" },
  };
  switch (step) {
    case "batch":
      return {
        status: 200,
        body: {
          transfer: world.storage.partSize ? "multipart" : "basic",
          objects: body.objects.map((/** @type {any} */ object) =>
            world.storage.place(object, bases.storage, `${bases.hub}/verify/${object.oid}`),
          ),
        },
      };
    case "discuss": {
      const discussion = repository.openPullRequest(body.title, "me", "draft");
      return { status: 200, body: discussion };
    }
    case "discussions":
      return {
        status: 200,
        body: { discussions: repository.discussions, count: repository.discussions.length, start: 0 },
      };
    case "branch":
      if (repository.revisions.has(revision)) return { status: 409, body: { error: "Reference already exists" } };
      repository.branch(revision, body?.startingPoint);
      return { status: 200, body: {} };
  }
  if (!found) return missing;
  const { head, files } = found;
  switch (step) {
    case "info":
      return {
        status: 200,
        body: {
          _id: "1",
          id,
          sha: head,
          private: repository.isPrivate,
          siblings: [...files.keys()].map((rfilename) => ({ rfilename })),
          tags: [],
          downloads: 0,
          likes: 0,
          lastModified: "2026-01-01T00:00:00.000Z",
          createdAt: "2026-01-01T00:00:00.000Z",
          gated: false,
          disabled: false,
        },
      };
    case "tree": {
      const entries = [...files].filter(([name]) => path === "" || name.startsWith(`${path}/`));
      if (path !== "" && entries.length === 0) return { status: 404, body: { error: `${path} does not exist` } };
      const isRecursive = ["1", "true", "True"].includes(url.searchParams.get("recursive") ?? "");
      const shown = entries.filter(([name]) => isRecursive || !name.slice(path ? path.length + 1 : 0).includes("/"));
      return {
        status: 200,
        body: shown.map(([name, { oid, content, isLarge }]) => ({
          type: "file",
          path: name,
          size: content.length,
          oid: isLarge ? "0".repeat(40) : oid,
          ...(isLarge && { lfs: { oid, size: content.length, pointerSize: 130 } }),
        })),
      };
    }
    case "preupload":
      return {
        status: 200,
        body: {
          commitOid: head,
          files: body.files.map((/** @type {any} */ { path, size, sample }) => {
            if (Buffer.from(sample, "base64").length !== Math.min(size, 512))
              throw new Error(`the sample of ${path} is short`);
            const isLarge = size > world.threshold;
            return {
              path,
              uploadMode: isLarge ? "lfs" : "regular",
              shouldIgnore: false,
              oid: files.get(path)?.oid ?? null,
            };
          }),
        },
      };
    case "commit": {
      const lines = bytes.toString("utf8").trim().split("\n");
      const parsed = lines.map((line) => JSON.parse(line));
      const opens = url.searchParams.has("create_pr");
      const num = opens && repository.openPullRequest(parsed[0].value.summary, "me", "open").num;
      const { status, body } = repository.commit(opens ? `refs/pr/${num}` : revision, parsed);
      const page = `${bases.hub}/datasets/${id}`;
      const { commitOid } = /** @type {any} */ (body);
      const urls = commitOid && {
        commitUrl: `${page}/commit/${commitOid}`,
        ...(opens && { pullRequestUrl: `${page}/discussions/${num}` }),
      };
      return { status, body: { .../** @type {any} */ (body), ...urls } };
    }
    case "resolve": {
      const file = files.get(path);
      if (!file)
        return { status: 404, body: { error: "Entry not found" }, headers: { "x-error-code": "EntryNotFound" } };
      const size = file.content.length;
      const headers = { etag: `"${file.oid}"`, "x-repo-commit": head, "accept-ranges": "bytes" };
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
      if (!range) return { status: 200, body: file.content, headers: { ...headers, "content-length": String(size) } };
      const [start, end] = [Number(range[1]), Math.min(range[2] ? Number(range[2]) : size - 1, size - 1)];
      const part = file.content.subarray(start, end + 1);
      return { status: 206, body: part, headers: { ...headers, "content-range": `bytes ${start}-${end}/${size}` } };
    }
  }
  return undefined;
}
