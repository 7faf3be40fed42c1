import { defineSocket, type Socket } from "onesocket";
import { type DurableRoomClass, durableRoom, worker } from "onesocket/cloudflare";

/** None where it is started to be looked at only. */
interface Env {
  readonly FAN_OUT?: string;
}

const bench = defineSocket({
  name: "bench",
  message(socket: Socket<unknown, Env>, data) {
    if (socket.env.FAN_OUT) socket.room.send(data);
    else socket.send(data);
  },
});
const Room: DurableRoomClass<unknown, Env> = durableRoom(bench);

export class Bench extends Room {}

export default worker(bench, { rooms: { bench: "BENCH" } });
