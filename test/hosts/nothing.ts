/** A module that cannot be served. */
export default 1;
