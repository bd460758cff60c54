import { arch, cpus, platform, release, totalmem } from 'node:os';

/** What figures were measured on. */
export function machine() {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return { cpu: cpu.model, cores: cpus().length, memory, system: `${platform()} ${release()} ${arch()}` };
}
