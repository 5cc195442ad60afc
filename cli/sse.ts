/** One event of a stream (HTML standard, 9.2). */
export interface StreamEvent {
  event: string;
  data: string;
  id: string | null;
}

/** Takes a stream of server-sent events apart. Comments are dropped; an event that is cut off is none. */
export async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let left = "";
  for await (const chunk of body) {
    left += decoder.decode(chunk, { stream: true });
    const blocks = left.split(/\r?\n\r?\n/);
    left = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = readBlock(block);
      if (event !== null) yield event;
    }
  }
}

function readBlock(block: string): StreamEvent | null {
  const found: StreamEvent = { event: "message", data: "", id: null };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ""] = /^([a-z]+):? ?(.*)$/.exec(line) ?? [];
    if (field === "data") data.push(value);
    else if (field === "event") found.event = value;
    else if (field === "id") found.id = value;
  }
  return data.length === 0 ? null : { ...found, data: data.join("\n") };
}
