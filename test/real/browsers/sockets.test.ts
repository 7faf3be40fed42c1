import { afterAll, beforeAll, expect, it } from "vitest";
import { BROWSERS } from "../../client/told.ts";
import { type Driven, describeInBrowsers } from "../../helpers/browsers/index.ts";
import { closeUnanswered, QUESTIONS } from "./asked.ts";
import { Site } from "./questions.ts";

describeInBrowsers("a browser's own WebSocket", (name, launch) => {
  let browser: Driven;
  let site: Site;
  /** It takes longest: it is asked beside the others. */
  let unanswered: Promise<string>;

  beforeAll(async () => {
    [browser, site] = await Promise.all([launch(), Site.start()]);
    await browser.goto(`http://${site.host}/`);
    unanswered = closeUnanswered(browser);
    unanswered.catch(() => {});
  });

  afterAll(async () => {
    await browser?.close();
    await site?.stop();
  });

  it.each(QUESTIONS)("is as the documentation has it: $about", async ({ ask, answers }) => {
    const answer = ask === closeUnanswered ? unanswered : ask(browser, site);
    expect(await answer).toBe(answers[BROWSERS.indexOf(name)]);
  });
});
