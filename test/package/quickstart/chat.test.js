import { equal } from "node:assert/strict";
import { test } from "node:test";
import { defineSocket } from "onesocket";
import { testing } from "onesocket/test";

const chat = defineSocket({ name: "chat", message: (socket, text) => socket.room.send(text) });

test("a stranger's test", async () => {
  const t = testing(chat);
  const ada = await t.connect("/");
  await t.hibernate();
  ada.send("hello");
  equal(await ada.next(), "hello");
  await t.close();
});
