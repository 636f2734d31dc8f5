// The error class, as callers meet it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DataweftError, asDataweftError, makeError } from "../../pkg-config/errors.js";

test("carries what is known, and no property for what is not", () => {
  const error = makeError({
    code: "rate_limit",
    message: "the provider asks for fewer requests",
    retryable: true,
    status: 429,
    provider: "openai",
    requestId: "req_1",
  });
  assert.deepEqual(
    { ...error },
    {
      name: "DataweftError",
      code: "rate_limit",
      retryable: true,
      status: 429,
      provider: "openai",
      requestId: "req_1",
    },
  );
  assert.equal(error.message, "the provider asks for fewer requests");
  assert.equal("cause" in error, false);
  assert.ok(error instanceof Error);
});

test("an aborted run is an AbortError with the signal's reason", () => {
  const reason = new Error("the tab was closed");
  const error = makeError({ code: "aborted", message: "the run was aborted", cause: reason });
  assert.equal(error.name, "AbortError");
  assert.equal(error.cause, reason);
  assert.ok(error instanceof DataweftError);
});

test("is recognised across two copies of the package", async () => {
  const copy = await import(`../../pkg-config/errors.js?${"copy"}`);
  assert.notEqual(copy.DataweftError, DataweftError);
  assert.ok(new copy.DataweftError("twice") instanceof DataweftError);
  for (const other of [new Error("another"), "text", null, undefined, {}]) {
    assert.equal(other instanceof DataweftError, false);
  }
});

test("a subclass means only itself", () => {
  class OwnError extends DataweftError {}
  assert.ok(new OwnError("own") instanceof OwnError);
  assert.ok(new OwnError("own") instanceof DataweftError);
  assert.equal(new DataweftError("other") instanceof OwnError, false);
});

test("lets its own errors through and wraps all others as faults of the package", () => {
  const own = new DataweftError("known", { code: "tool" });
  assert.equal(asDataweftError(own), own);
  for (const [foreign, text] of [
    [new RangeError("too deep"), "too deep"],
    ["only text", "only text"],
    [undefined, "undefined"],
  ]) {
    const error = asDataweftError(foreign);
    assert.equal(error.code, "internal");
    assert.equal(error.cause, foreign);
    assert.equal(error.message, `a fault of dataweft itself, please report it: ${text}`);
  }
});
