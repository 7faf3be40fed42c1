import { testing } from "onesocket/test";
import { expect, it } from "vitest";
import { app } from "../../workers/app.ts";

const ADMIN = { ADMIN_TOKEN: "secret" };

function announce(token: string): RequestInit {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify({ text: "lunch is served" }) };
}

it("the demo tells a room that slept what is announced, and no other room", async () => {
  await using t = testing(app, { env: ADMIN });
  const [ada, bob, eve] = [
    await t.connect("/chat/lobby?name=ada", { origin: "http://localhost" }),
    await t.connect("/chat/lobby?name=bob", { origin: "http://localhost" }),
    await t.connect("/chat/elsewhere?name=eve", { origin: "http://localhost" }),
  ];
  await t.hibernate();
  expect((await t.fetch("/admin/lobby/announce", announce("secret"))).status).toBe(204);
  await t.settled();
  const heard = [ada, bob, eve].map(({ unread }) => JSON.stringify(unread).includes("lunch is served"));
  expect(heard).toEqual([true, true, false]);
});

it("the demo lets nobody announce without the token, nor connect from another site", async () => {
  await using t = testing(app, { env: ADMIN, observe: {} });
  expect((await t.fetch("/admin/lobby/announce", announce("guessed"))).status).toBe(401);
  await expect(t.connect("/chat/lobby?name=ada", { origin: "https://evil.example" })).rejects.toMatchObject({
    code: "ORIGIN_REJECTED",
  });
});
