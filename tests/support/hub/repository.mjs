/** A dataset's repository: revisions, each with its files, and commits that change several at once. */
import { createHash } from "node:crypto";

/** A file: its name by content, its bytes, and whether they are in the storage. @typedef {{ oid: string, content: Buffer, isLarge: boolean }} Entry */
/** @typedef {Map<string, Entry>} Files */

/** @param {Buffer} content */
export const gitName = (content) => createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");

export class Repository {
  /** @type {Map<string, { head: string, files: Files }>} */
  revisions = new Map();
  /** @type {{ oid: string, revision: string, summary: string }[]} */
  commits = [];
  /** @type {{ num: number, title: string, status: string, isPullRequest: boolean, author: { name: string } }[]} */
  discussions = [];

  /** @param {string} id @param {boolean} isPrivate @param {import("./storage.mjs").Storage} storage */
  constructor(id, isPrivate, storage) {
    Object.assign(this, { id, isPrivate });
    this.id = id;
    this.isPrivate = isPrivate;
    this.storage = storage;
    const attributes = Buffer.from("*.parquet filter=lfs diff=lfs merge=lfs -text\n");
    const files = new Map([[".gitattributes", { oid: gitName(attributes), content: attributes, isLarge: false }]]);
    this.revisions.set("main", { head: this.#record("main", "initial commit"), files });
  }

  /** Commits beyond the one that made the repository. */
  get uploads() {
    return this.commits.length - 1;
  }

  /** @param {string} revision @param {string} summary */
  #record(revision, summary) {
    const oid = createHash("sha1").update(`${this.id} ${this.commits.length} ${revision} ${summary}`).digest("hex");
    this.commits.push({ oid, revision, summary });
    return oid;
  }

  /** @param {string} revision */
  find(revision) {
    return this.revisions.get(revision) ?? [...this.revisions.values()].find(({ head }) => head === revision);
  }

  /** @param {string} name @param {string} [from] */
  branch(name, from = "main") {
    const { head, files } = /** @type {NonNullable<ReturnType<Repository["find"]>>} */ (this.find(from));
    this.revisions.set(name, { head, files: new Map(files) });
  }

  /** @param {string} title @param {string} author @param {string} status */
  openPullRequest(title, author, status) {
    const num = this.discussions.length + 1;
    const discussion = {
      num,
      title,
      status,
      isPullRequest: true,
      author: { name: author },
      createdAt: "2026-01-01T00:00:00.000Z",
      repo: { name: this.id, type: "dataset" },
    };
    this.discussions.push(discussion);
    this.branch(`refs/pr/${num}`);
    return discussion;
  }

  /**
   * Everything of a commit, or nothing.
   * @param {string} revision
   * @param {{ key: string, value: any }[]} lines
   * @returns {import("./faults.mjs").Answer}
   */
  commit(revision, lines) {
    const found = this.revisions.get(revision);
    if (!found) return { status: 404, body: { error: "Revision not found" } };
    const header = lines.find(({ key }) => key === "header")?.value ?? {};
    if (header.parentCommit && header.parentCommit !== found.head) {
      return { status: 412, body: { error: "A commit has happened since. Please refresh and try again." } };
    }
    const files = new Map(found.files);
    for (const { key, value } of lines) {
      if (key === "file") {
        const content = Buffer.from(value.content, value.encoding === "utf-8" ? "utf8" : "base64");
        files.set(value.path, { oid: gitName(content), content, isLarge: false });
      } else if (key === "lfsFile") {
        const content = this.storage.objects.get(value.oid);
        if (!content || content.length !== value.size) return { status: 400, body: { error: "no such object" } };
        files.set(value.path, { oid: value.oid, content, isLarge: true });
      } else if (key === "deletedFile") {
        if (!files.delete(value.path)) return { status: 400, body: { error: `no file ${value.path}` } };
      }
    }
    // Equal files make no commit.
    const same =
      files.size === found.files.size && [...files].every(([path, { oid }]) => found.files.get(path)?.oid === oid);
    if (!same) this.revisions.set(revision, { head: this.#record(revision, header.summary), files });
    const commitOid = /** @type {any} */ (this.revisions.get(revision)).head;
    return { status: 200, body: { success: true, commitOid } };
  }
}
