import { defineSocket } from "onesocket";
import { type DurableRoomClass, durableRoom, worker } from "onesocket/cloudflare";

const echo = defineSocket({ name: "bench", message: (socket, data) => void socket.send(data) });
const Room: DurableRoomClass = durableRoom(echo);

export class Bench extends Room {}

export default worker(echo, { rooms: { bench: "BENCH" } });
