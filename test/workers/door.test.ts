import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRoom } from "../../workers/protocol.ts";

interface Door {
  roomId(text: string): string | undefined;
  roomFrom(path: string): string | undefined;
  forRoom(room: string): string;
}

// The page's own file, which is JavaScript.
const page = pathToFileURL(join(import.meta.dirname, "../../workers/public/door.js")).href;
const { roomId, roomFrom, forRoom } = (await import(page)) as Door;

describe("a room's name, as people type it", () => {
  it.each([
    ["Café Olé!", "cafe-ole"],
    ["  Tea  &  talk ", "tea-talk"],
    ["Привет, мир", "привет-мир"],
    ["Ёлка", "ёлка"],
    ["会議室", "会議室"],
    ["ＡＢＣ１", "abc1"],
    ["ห้องน้ำ", "ห้องน้ำ"],
    ["कि", "कि"],
    ["غرفة", "غرفة"],
    ["한국어", "한국어"],
    ["İstanbul", "istanbul"],
    ["ﾊﾞｽ", "バス"],
  ])("%s becomes %s", (text, id) => {
    expect(roomId(text)).toBe(id.normalize("NFC"));
  });

  it.each(["", " ", "!!!", "🎉", "---", "\u0301", "\u200b", "x".repeat(49), "語".repeat(49)])(
    "is none when nothing can be made of it, and never another room: %j",
    (text) => {
      expect(roomId(text)).toBeUndefined();
    },
  );

  it("is another one for words that differ in a letter of any script", () => {
    const words = [
      "ночь",
      "день",
      "夜",
      "昼",
      "कि",
      "का",
      "ليل",
      "نهار",
      "שלום",
      "สวัสดี",
      "こんにちは",
      "안녕",
      "ஆ",
      "அ",
    ];
    expect(new Set(words.map(roomId)).size).toBe(words.length);
  });

  it("is one that the server takes, stays itself, and is found again in its path", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const id = roomId(text);
        if (id === undefined) return;
        expect(isRoom(id)).toBe(true);
        expect(roomId(id)).toBe(id);
        expect(roomFrom(new URL(forRoom(id), "http://localhost").pathname)).toBe(id);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a path", () => {
  it.each([
    ["/r/lobby", "lobby"],
    ["/r/%D0%BD%D0%BE%D1%87%D1%8C", "ночь"],
    ["/r/Lobby", "lobby"],
    ["/r/lobby/more", "lobby"],
  ])("%s leads to %s", (path, room) => {
    expect(roomFrom(path)).toBe(room);
  });

  it.each(["/", "/r/", "/r/%F0%9F%8E%89", "/r/%", "/r/%FF", "/r/-", "/lobby"])("%s leads to no room", (path) => {
    expect(roomFrom(path)).toBeUndefined();
  });
});

describe("the server", () => {
  it.each(["lobby", "a-1", "ночь", "会議室", "x".repeat(48)])("takes the room %s", (room) => {
    expect(isRoom(room)).toBe(true);
  });

  it.each(["", "-", "Lobby", "a b", "a/b", "a.b", "🎉", "e\u0301", "\u0301", "a\u200b", "\ud800", "x".repeat(49)])(
    "takes no room %j",
    (room) => {
      expect(isRoom(room)).toBe(false);
    },
  );
});
