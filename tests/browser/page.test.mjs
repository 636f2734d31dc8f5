// The demo page as a person uses it, in a real browser, with the real package.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  chooseServer,
  download,
  freeAddress,
  onPage,
  outcome,
  sensibleReply,
  smallConfig,
  startDemo,
  startProvider,
  writeConfig,
} from "./page-helpers.mjs";
import { streamed, understand } from "../support/protocols.mjs";

/** @type {Awaited<ReturnType<typeof startDemo>>} */
let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.close());

test("the first click makes the nine samples of the example, without a key", () =>
  onPage(demo, async (page) => {
    await page.click("#generate");
    assert.match(await outcome(page), /Done: 9 samples\./);
    assert.equal(await page.locator("#samples-count").innerText(), "9");
    assert.match(await page.locator("#progress-counts").innerText(), /12 topics · samples 9 of 9/);
    assert.match(await page.locator("#topics").innerText(), /^Baking bread at home/);
    assert.equal(await page.locator("#topics li").count(), 13);
    assert.ok(await page.locator("#samples-canned").isVisible(), "the text is called canned");
  }));

test("the download holds as many records as the page says, each a line of JSON that names its maker", () =>
  onPage(demo, async (page) => {
    await page.click("#generate");
    await outcome(page);
    const label = await page.locator("#download").innerText();
    const file = await download(page);
    assert.equal(file.name, "bread.jsonl");
    assert.equal(file.records.length, 9);
    assert.match(label, /9 records/);
    assert.ok(label.includes(`${(file.bytes / 1000).toFixed(1)} kB`), `${label} tells the size of ${file.bytes} bytes`);
    for (const record of file.records) {
      assert.deepEqual(
        record.messages.map((/** @type {any} */ message) => message.role),
        ["system", "user", "assistant"],
      );
      assert.equal(record.metadata.model, "stand-in (canned text)");
      assert.equal(record.metadata.path.length, 3);
    }
    assert.equal(new Set(file.records.map((record) => record.messages[1].content)).size, 9, "no question twice");
  }));

test("every example runs with the stand-in", () =>
  onPage(demo, async (page) => {
    for (const [example, samples] of [
      ["Step-by-step reasoning", 6],
      ["A graph of topics", 20],
      ["An agent with tools", 6],
    ]) {
      await page.selectOption("#example", String(example));
      await page.waitForFunction(
        (text) => document.getElementById("plan")?.textContent?.startsWith(text),
        `${samples} samples`,
      );
      await page.click("#generate");
      await page.waitForSelector("#stop:not([hidden])");
      assert.match(await outcome(page), new RegExp(`Done: ${samples} samples\\.`));
      assert.equal((await download(page)).records.length, samples);
    }
  }));

test("a sample opens by click and by keyboard, and Escape closes it", () =>
  onPage(demo, async (page) => {
    await page.click("#generate");
    await outcome(page);
    await page.locator(".sample-row").nth(1).click();
    assert.equal(await page.locator("#reader-title").innerText(), "Sample 2 of 9");
    for (const speaker of ["System", "User", "Assistant", "Metadata"]) {
      assert.ok(await page.getByRole("heading", { name: speaker }).isVisible(), speaker);
    }
    await page.keyboard.press("Escape");
    assert.ok(!(await page.locator("#reader").isVisible()));
    await page.focus("#samples");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#reader-title").innerText(), "Sample 8 of 9");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.locator("#reader-title").innerText(), "Sample 9 of 9");
    assert.ok(await page.locator("#reader-next").isDisabled());
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "samples", "the list has the focus again");
  }));

test("the whole way from start to download needs no mouse", () =>
  onPage(demo, async (page) => {
    await page.focus("#config");
    await page.keyboard.press("Control+Enter");
    await outcome(page);
    await page.focus("#download");
    const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    assert.equal(file.suggestedFilename(), "bread.jsonl");
  }));

test("Stop ends the run at once, and what was made can be downloaded", async () => {
  // Topics and two samples are answered; further ones never.
  const provider = await startProvider((request) => (request.number <= 3 ? sensibleReply(request) : "silence"));
  try {
    await onPage(demo, async (page) => {
      await writeConfig(page, smallConfig({ samples: 6, atOnce: 2 }));
      await chooseServer(page, { where: "local", address: provider.address });
      await page.click("#generate");
      await page.waitForFunction(() => document.getElementById("samples-count")?.textContent === "2");
      await page.click("#stop");
      assert.match(await outcome(page), /Stopped.*2 samples/);
      assert.ok((await provider.allGivenUp()) > 0, "no request is left behind");
      assert.ok(await page.locator("#generate").isVisible());
      assert.match(await page.locator("#download").innerText(), /2 records/);
      const { records } = await download(page);
      assert.deepEqual(
        records.map((record) => record.metadata.model),
        ["tea-1", "tea-1"],
      );
    });
  } finally {
    await provider.close();
  }
});

test("Escape stops a run, and leaving the page during one is asked about", async () => {
  const provider = await startProvider(() => "silence");
  try {
    await onPage(demo, async (page) => {
      await chooseServer(page, { where: "local", address: provider.address });
      await page.click("#generate");
      await page.waitForSelector("#stop:not([hidden])");
      const asked = page.waitForEvent("dialog");
      await page.close({ runBeforeUnload: true });
      const dialog = await asked;
      assert.equal(dialog.type(), "beforeunload");
      await dialog.dismiss();
      await page.keyboard.press("Escape");
      assert.match(await outcome(page), /Stopped/);
      assert.ok(!(await page.locator("#download").isVisible()), "there is nothing to download");
    });
  } finally {
    await provider.close();
  }
});

test("a provider with a key gets the key, and the page shows requests and tokens", async () => {
  /** @type {string[]} */
  const keys = [];
  const provider = await startProvider((request) => {
    keys.push(request.key);
    return sensibleReply(request);
  });
  try {
    await onPage(demo, async (page) => {
      await writeConfig(page, smallConfig({ samples: 4 }));
      await chooseServer(page, { where: "provider", address: provider.address, key: "secret-key" });
      await page.click("#generate");
      assert.match(await outcome(page), /Done: 4 samples\./);
      assert.match(await page.locator("#progress-usage").innerText(), /5 requests · 100 tokens in · 50 tokens out/);
    });
    assert.deepEqual(new Set(keys), new Set(["secret-key"]));
  } finally {
    await provider.close();
  }
});

for (const { name, protocol, host, lists, models, model, header } of [
  {
    name: "OpenAI",
    protocol: "responses",
    host: "api.openai.com",
    lists: "/v1/models",
    models: { data: [{ id: "gpt-tea" }] },
    model: "gpt-tea",
    header: "authorization",
  },
  {
    name: "Anthropic",
    protocol: "anthropic",
    host: "api.anthropic.com",
    lists: "/v1/models",
    models: { data: [{ id: "claude-tea" }] },
    model: "claude-tea",
    header: "x-api-key",
  },
  {
    name: "Gemini",
    protocol: "gemini",
    host: "generativelanguage.googleapis.com",
    lists: "/v1beta/models",
    models: { models: [{ name: "models/gemini-tea" }] },
    model: "gemini-tea",
    header: "x-goog-api-key",
  },
]) {
  test(`${name} is asked in its own form, and the page tells the tokens from its cache and the cost`, () => {
    /** @type {string[]} */
    const hosts = [];
    /** @type {string[]} */
    const asked = [];
    return onPage(
      demo,
      async (page) => {
        await writeConfig(page, `${smallConfig()}llm:\n  price: {input: 10, output: 20, cached_input: 1}\n`);
        assert.match(await page.locator("#plan").innerText(), /\$\d/);
        await page.check("input[name=where][value=provider]");
        await page.selectOption("#provider-name", name);
        await page.fill("#provider-key", "secret-key");
        await page.click("#provider-check");
        await page.waitForSelector("#provider-status.good");
        // The only one there is.
        assert.equal(await page.inputValue("#provider-model"), model);
        await page.click("#generate");
        assert.match(await outcome(page), /2 samples/);
        assert.deepEqual([...new Set(hosts)], [host]);
        assert.deepEqual([...new Set(asked)], [protocol]);
        // Three requests of 60 tokens at 10 dollars a million, 40 at 1 dollar and 20 at 20.
        const usage = await page.locator("#progress-usage").innerText();
        assert.match(usage, /3 requests · 300 tokens in \(40% cached\) · 60 tokens out · \$0\.0031/);
      },
      {
        prepare: (page) =>
          page.route(/^https:/, async (route) => {
            const request = route.request();
            const url = new URL(request.url());
            hosts.push(url.hostname);
            const headers = {
              "access-control-allow-origin": "*",
              "access-control-allow-headers": Object.keys(request.headers()).concat(header, "content-type").join(),
            };
            if (request.method() === "OPTIONS") return route.fulfill({ status: 204, headers });
            assert.match((await request.allHeaders())[header] ?? "", /^(Bearer )?secret-key$/);
            if (url.pathname === lists) return route.fulfill({ status: 200, headers, json: models });
            const understood = understand(url.pathname, request.postDataJSON());
            assert.ok(understood, url.pathname);
            asked.push(understood.name);
            const tokens = { input: 100, cached: 40, output: 20, reasoning: 0 };
            const { schema } = understood.asked;
            const done = sensibleReply({ schema, number: asked.length });
            const text = JSON.stringify("content" in /** @type {any} */ (done) && /** @type {any} */ (done).content);
            const body = [...streamed(understood.protocol, { text, tokens })].join("");
            return route.fulfill({ status: 200, headers, contentType: understood.protocol.type, body });
          }),
      },
    );
  });
}

test("nothing that a person types or a model writes is kept by the browser", async () => {
  const provider = await startProvider(sensibleReply);
  try {
    await onPage(demo, async (page) => {
      await writeConfig(page, smallConfig());
      await chooseServer(page, { where: "provider", address: provider.address });
      await page.click("#generate");
      await outcome(page);
      const kept = await page.evaluate(async () => ({
        local: localStorage.length,
        session: sessionStorage.length,
        cookies: document.cookie,
        databases: (await indexedDB.databases()).length,
        caches: (await caches.keys()).length,
        address: location.href.includes("secret"),
      }));
      assert.deepEqual(kept, { local: 0, session: 0, cookies: "", databases: 0, caches: 0, address: false });
      await page.selectOption("#provider-name", "Groq");
      assert.equal(await page.inputValue("#provider-key"), "", "a key is not offered to the next provider");
    });
  } finally {
    await provider.close();
  }
});

test("a wrong key is called that, with what to check", async () => {
  const provider = await startProvider(() => ({ status: 401, message: "Incorrect API key provided" }));
  try {
    await onPage(
      demo,
      async (page) => {
        await chooseServer(page, { where: "provider", address: provider.address, key: "wrong" });
        await page.click("#provider-check");
        await page.waitForSelector("#provider-status.bad");
        assert.match(await page.locator("#provider-status").innerText(), /does not accept the key/);
        await page.click("#generate");
        const text = await outcome(page);
        assert.match(text, /key was not accepted/);
        assert.match(text, /\bauth\b/);
        assert.match(text, /wants a key/);
        assert.ok(!text.includes("wrong"), "the key is not repeated");
      },
      { expectErrors: /401/ },
    );
  } finally {
    await provider.close();
  }
});

test("a server that is not there is called that, with what to do", async () => {
  const address = await freeAddress();
  await onPage(
    demo,
    async (page) => {
      await chooseServer(page, { where: "local", address });
      await page.click("#local-check");
      await page.waitForSelector("#local-status.bad");
      const check = await page.locator("#local-status").innerText();
      assert.match(check, /Nothing answers/);
      assert.match(check, /ollama serve/);
      await page.click("#generate");
      const text = await outcome(page);
      assert.match(text, /could not be reached/);
      assert.match(text, /\bnetwork\b/);
      assert.match(text, /Press Check/);
      assert.ok(await page.locator("#empty").isVisible(), "no empty lists are shown");
    },
    { expectErrors: /ERR_CONNECTION_REFUSED/ },
  );
});

test("Check lists the models of a server", async () => {
  const provider = await startProvider(sensibleReply, { models: ["tea-1", "tea-2"] });
  try {
    await onPage(demo, async (page) => {
      await chooseServer(page, { where: "local", address: provider.address, model: "" });
      await page.click("#local-check");
      await page.waitForSelector("#local-status.good");
      assert.match(await page.locator("#local-status").innerText(), /2 models/);
      const offered = await page
        .locator("#local-models option")
        .evaluateAll((options) => options.map((each) => /** @type {any} */ (each).value));
      assert.deepEqual(offered, ["tea-1", "tea-2"]);
    });
  } finally {
    await provider.close();
  }
});

test("a server that runs but refuses pages is told apart from none", async () => {
  const provider = await startProvider(sensibleReply, { cors: false });
  try {
    await onPage(
      demo,
      async (page) => {
        await chooseServer(page, { where: "local", address: provider.address });
        await page.selectOption("#local-program", "LM Studio");
        await page.fill("#local-address", provider.address);
        await page.click("#local-check");
        await page.waitForSelector("#local-status.bad");
        const text = await page.locator("#local-status").innerText();
        assert.match(text, /It runs, but does not answer pages/);
        assert.match(text, /lms server start --cors/);
      },
      { expectErrors: /CORS policy|ERR_FAILED/ },
    );
  } finally {
    await provider.close();
  }
});

test("an address that would carry a key in the open is refused before anything is sent", () =>
  onPage(demo, async (page) => {
    await chooseServer(page, { where: "provider", address: "http://example.com/v1" });
    await page.click("#generate");
    assert.match(await outcome(page), /must begin with https/);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "provider-address");
  }));

test("what is missing is said, and its field has the focus", () =>
  onPage(demo, async (page) => {
    await page.check("input[name=where][value=provider]");
    await page.click("#generate");
    assert.match(await outcome(page), /enter your key/);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "provider-key");
    await page.fill("#provider-key", "k");
    await page.click("#generate");
    await page.waitForFunction(() => document.activeElement?.id === "provider-model");
    assert.match(await outcome(page), /name the model/);
  }));

test("markup from a model is text, wherever it is shown", async () => {
  const hostile = `<img src=x onerror="window.broken = true"><script>window.broken = true</script><b>bold</b>`;
  const provider = await startProvider(({ schema, number }) =>
    schema?.properties?.subtopics
      ? { content: { subtopics: [`${hostile} one`, `${hostile} two`] } }
      : {
          content: {
            question: `${hostile} ${number} and ${number * 7} or ${number * 13}?`,
            answer: `${hostile} [x](javascript:alert(${number}))`,
          },
        },
  );
  try {
    await onPage(demo, async (page) => {
      await writeConfig(page, smallConfig({ samples: 2 }));
      await chooseServer(page, { where: "local", address: provider.address });
      await page.click("#generate");
      await outcome(page);
      await page.locator(".sample-row").first().click();
      await page.click("#reader summary");
      assert.ok((await page.locator("#reader .block.user .text").innerText()).startsWith(hostile));
      assert.ok((await page.locator("#topics").innerText()).includes(hostile));
      for (const place of ["#reader", "#samples", "#topics", "#failures"]) {
        assert.equal(await page.locator(`${place} :is(img, script, b, a, iframe)`).count(), 0, place);
      }
      assert.equal(await page.evaluate(() => "broken" in window), false);
    });
  } finally {
    await provider.close();
  }
});

test("samples that could not be made are listed with their reason, and the others delivered", async () => {
  const provider = await startProvider((request) =>
    request.schema?.properties?.subtopics || request.number === 2
      ? sensibleReply(request)
      : { status: 400, message: "the prompt is not to my taste" },
  );
  try {
    await onPage(
      demo,
      async (page) => {
        await writeConfig(page, smallConfig({ samples: 3 }));
        await chooseServer(page, { where: "local", address: provider.address });
        await page.click("#generate");
        assert.match(await outcome(page), /Done: 1 sample, 2 samples not delivered\./);
        assert.equal(await page.locator("#failures li").count(), 2);
        assert.match(await page.locator("#failures li").first().innerText(), /provider.*not to my taste.*Tea › /s);
        assert.equal((await download(page)).records.length, 1);
      },
      { expectErrors: /400/ },
    );
  } finally {
    await provider.close();
  }
});

test("a misspelt key is found while typing, with the right one, and a click leads to its line", () =>
  onPage(demo, async (page) => {
    const text = await page.inputValue("#config");
    await page.fill("#config", text.replace("degree:", "degre:"));
    await page.waitForSelector("#config-summary.bad");
    assert.match(await page.locator("#config-summary").innerText(), /1 error/);
    const issue = page.locator(".issue-list.bad li");
    assert.match(await issue.innerText(), /topics\.degre/);
    assert.match(await issue.locator(".suggestion").innerText(), /degree/);
    await issue.getByRole("button").click();
    const chosen = await page.evaluate(() => {
      const area = /** @type {HTMLTextAreaElement} */ (document.activeElement);
      return area.value.slice(area.selectionStart, area.selectionEnd);
    });
    assert.match(chosen, /^degre: 3/);
    assert.equal(await page.locator("#plan").innerText(), "", "there is no plan for what cannot run");
    await page.click("#generate");
    assert.match(await outcome(page), /The configuration has errors/);
    await page.fill("#config", text);
    await page.waitForSelector("#config-summary.good");
    assert.equal(await page.locator(".issue-list").count(), 0);
    assert.match(await page.locator("#plan").innerText(), /9 samples on up to 9 topics: at least 13 requests/);
  }));

test("a configuration can be opened from a file", () =>
  onPage(demo, async (page) => {
    const buffer = Buffer.from(smallConfig({ samples: 2 }));
    await page.setInputFiles("#config-file", { name: "tea.yaml", mimeType: "application/yaml", buffer });
    await page.waitForFunction(() => document.getElementById("plan")?.textContent?.startsWith("2 samples"));
    await page.click("#generate");
    assert.match(await outcome(page), /Done: 2 samples\./);
    assert.equal((await download(page)).name, "dataset.jsonl");
  }));
