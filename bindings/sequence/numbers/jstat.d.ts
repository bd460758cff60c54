declare module 'jstat' {
  const jstat: { readonly normal: { inv(p: number, mean: number, std: number): number } };
  export default jstat;
}
