import { type Budget, DamagedFile, type Region } from './region.js';

/** Kinds of header messages that are read. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** One message of an object's header. */
export interface Message {
  readonly type: number;
  readonly body: Region;
}

const SHARED = 2;

/**
 * Reads the header of a group or an array.
 *
 * Source: HDF5 File Format Specification 3.0, IV.A.1 (version 1, which h5py writes) and IV.A.2 (version 2).
 *
 * @throws {DamagedFile} if it is none, or leads past the file or back to itself
 */
export function readHeader(file: Region, at: number, budget: Budget): Message[] {
  const second = file.u8(at) === 0x4f;
  const messages: Message[] = [];
  const blocks = [second ? firstBlock(file, at) : file.part(at + 16, file.u32(at + 8))];
  if (!second && file.u8(at) !== 1) throw new DamagedFile(`an object header of version ${file.u8(at)}`);
  const tracked = second && (file.u8(at + 5) & 4) !== 0;
  for (const block of blocks) {
    budget.charge(block.length + 16);
    const found = second ? messagesOf2(block, tracked) : messagesOf1(block);
    for (const message of found) {
      if (message.type !== MESSAGE.continuation) messages.push(message);
      else blocks.push(continued(file, message.body, second));
    }
  }
  return messages;
}

/** The first message of a kind. */
export function messageOf(messages: readonly Message[], type: number): Region | undefined {
  return messages.find((message) => message.type === type)?.body;
}

function firstBlock(file: Region, at: number): Region {
  file.expect(at, 'OHDR');
  if (file.u8(at + 4) !== 2) throw new DamagedFile(`an object header of version ${file.u8(at + 4)}`);
  const flags = file.u8(at + 5);
  const start = at + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const width = 1 << (flags & 3);
  const size = [file.u8, file.u16, file.u32, file.size][flags & 3].call(file, start);
  return file.part(start + width, size);
}

function continued(file: Region, body: Region, second: boolean): Region {
  const block = file.part(body.size(0), body.size(8));
  if (!second) return block;
  block.expect(0, 'OCHK');
  return block.part(4, block.length - 8);
}

function messagesOf1(block: Region): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at + 8 <= block.length; ) {
    const size = block.u16(at + 2);
    push(messages, block.u16(at), block.u8(at + 4), block.part(at + 8, size));
    at += 8 + size;
  }
  return messages;
}

function messagesOf2(block: Region, tracked: boolean): Message[] {
  const messages: Message[] = [];
  const head = tracked ? 6 : 4;
  for (let at = 0; at + head <= block.length; ) {
    const size = block.u16(at + 1);
    push(messages, block.u8(at), block.u8(at + 3), block.part(at + head, size));
    at += head + size;
  }
  return messages;
}

function push(messages: Message[], type: number, flags: number, body: Region): void {
  if (type === 0) return;
  if (flags & SHARED) throw new DamagedFile('types or spaces that are shared, which Keras does not write,');
  messages.push({ type, body });
}
