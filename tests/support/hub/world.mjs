/** One world of repositories, its storage, and what was asked of it. */
import { SignIns } from "./oauth.mjs";
import { Repository } from "./repository.mjs";
import { Storage } from "./storage.mjs";

/** @typedef {{ step: string, method: string, path: string, headers: import("node:http").IncomingHttpHeaders }} Asked */

export class World {
  /** @type {Map<string, Repository>} */
  repositories = new Map();
  signIns = new SignIns();
  /** @type {(Asked & { number: number, bytes: number, closedEarly: boolean })[]} */
  requests = [];

  /** @param {{ threshold: number, partSize?: number }} options */
  constructor({ threshold, partSize }) {
    this.threshold = threshold;
    this.storage = new Storage(partSize);
  }

  /** Keeps a request, with how many of its step there were before. @param {Asked} asked */
  note(asked) {
    const number = this.requests.filter(({ step }) => step === asked.step).length;
    const entry = { ...asked, number, bytes: 0, closedEarly: false };
    this.requests.push(entry);
    return entry;
  }

  /** Requests that carried the token to where it does not belong, or did not where it does. */
  get tokensAstray() {
    const isOfStorage = ({ step = "" }) => ["put", "complete"].includes(step);
    return this.requests.filter((request) => isOfStorage(request) === "authorization" in request.headers).length;
  }

  /** @param {string} id @param {boolean} isPrivate */
  create(id, isPrivate) {
    const repository = new Repository(id, isPrivate, this.storage);
    this.repositories.set(id, repository);
    return repository;
  }
}
