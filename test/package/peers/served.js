import { serve } from "onesocket/node";
import app from "./app.js";

console.log((await serve(app, { port: 0, observe() {} })).url);
