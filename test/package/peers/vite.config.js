import { onesocket } from "onesocket/vite";

export default { server: { host: "127.0.0.1" }, plugins: [onesocket({ entry: "./app.js" })] };
