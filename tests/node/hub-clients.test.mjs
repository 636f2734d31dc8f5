/** The Hub's own client for JavaScript uses the tests' Hub, and reads what was uploaded: so the tests' Hub is one. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { commit, createBranch, createRepo, downloadFile, listFiles, uploadFiles, whoAmI } from "@huggingface/hub";
import { mixedRows, jsonl } from "../support/hub/rows.mjs";
import { startHub } from "../support/hub/server.mjs";
import { TOKENS } from "../support/hub/tokens.mjs";
import { dataweft } from "../support/package.mjs";

/** @type {Record<string, Awaited<ReturnType<typeof startHub>>>} */
const hubs = {};
before(async () => {
  Object.assign(hubs, { whole: await startHub(), parts: await startHub({ partSize: 6000 }) });
});
after(async () => {
  for (const hub of Object.values(hubs)) await hub.close();
});

const repo = /** @type {const} */ ({ type: "dataset", name: "me/rivers" });

for (const way of ["whole", "parts"]) {
  test(`the official client uploads and reads, objects ${way === "whole" ? "as a whole" : "in parts"}`, async () => {
    const world = `client-${way}`;
    const to = { repo, accessToken: TOKENS.write, hubUrl: `${hubs[way].url}/world/${world}/none` };
    assert.equal((await whoAmI({ accessToken: TOKENS.write, hubUrl: to.hubUrl })).name, "me");
    await createRepo({ ...to, visibility: "private" });
    await assert.rejects(createRepo(to), { statusCode: 409 });
    const large = jsonl(mixedRows(60));
    const files = [
      { path: "README.md", content: new Blob(["# Rivers\n"]) },
      { path: "data/rivers.jsonl", content: large },
    ];
    const first = await uploadFiles({ ...to, files, commitTitle: "Rivers", useXet: false });
    const { repositories, storage, tokensAstray } = hubs[way].world(world);
    assert.equal(repositories.get("me/rivers")?.isPrivate, true);
    assert.deepEqual([storage.stored.length, tokensAstray], [1, 0]);
    const sizes = [];
    for await (const { path, size } of listFiles({ ...to, recursive: true })) sizes.push([path, size]);
    assert.deepEqual(sizes.slice(1), [
      ["README.md", 9],
      ["data/rivers.jsonl", large.size],
    ]);
    const read = await downloadFile({ ...to, path: "data/rivers.jsonl", xet: false });
    assert.equal(await read?.text(), await large.text());

    await createBranch({ ...to, branch: "next" });
    const change = /** @type {const} */ ({ operation: "delete", path: "README.md" });
    await commit({ ...to, title: "Less", operations: [change], branch: "next", parentCommit: first?.commit.oid });
    const stale = commit({
      ...to,
      title: "Again",
      operations: [change],
      branch: "next",
      parentCommit: first?.commit.oid,
    });
    await assert.rejects(stale, { statusCode: 412 });
    const proposed = await uploadFiles({
      ...to,
      files: [{ path: "a.txt", content: new Blob(["a"]) }],
      isPullRequest: true,
      useXet: false,
    });
    assert.match(proposed?.pullRequestUrl ?? "", /\/discussions\/1$/);
  });

  test(`the official client reads what was uploaded, objects ${way === "whole" ? "as a whole" : "in parts"}`, async () => {
    const hubUrl = `${hubs[way].url}/world/ours-${way}/none`;
    const options = { repository: "me/rivers", token: TOKENS.write, hubUrl };
    const { files, commit } = await dataweft.uploadDataset(jsonl(mixedRows(60)), options);
    const to = { repo, accessToken: TOKENS.read, hubUrl, revision: commit };
    const paths = [];
    for await (const { path } of listFiles({ ...to, recursive: true })) paths.push(path);
    assert.deepEqual(paths.toSorted(), [".gitattributes", ...files].toSorted());
    const rows = await (await downloadFile({ ...to, path: files[1], xet: false }))?.text();
    assert.equal(rows?.trimEnd().split("\n").length, 60);
  });
}
