export const words = "said";
