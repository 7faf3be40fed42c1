/** client.js is made of these sources: see test/workers/client.test.ts. */
export { connect } from "onesocket/client";
