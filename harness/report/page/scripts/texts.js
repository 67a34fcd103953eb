// The texts of items, chunk by chunk, and full-text search over them.

/** The texts of a document. number: the document's. */
export class Texts {
  constructor(blocks, number, document) {
    Object.assign(this, { blocks, number, document, folded: [] });
    this.chunk = document.blocks.chunk;
    this.chunks = Math.ceil(document.n_items / this.chunk);
  }

  /** An item's reference, facts, and each system's answer, retrieved passages and whether its prompt was cut. */
  async item(item) {
    const [chunk, at] = [Math.floor(item / this.chunk), item % this.chunk];
    const texts = await this.blocks.json(`texts:${this.number}:${chunk}`);
    return {
      reference: texts.reference[at],
      facts: texts.facts[at],
      answers: texts.answers.map((own) => own[at]),
      retrieved: texts.retrieved.map((own) => own[at]),
      cut: texts.cut.map((own) => own.includes(at)),
    };
  }

  /** The judges' reasons for an item: judge -> pair -> order -> reason. */
  async reasons(judge, item) {
    const [chunk, at] = [Math.floor(item / this.chunk), item % this.chunk];
    const pairs = await this.blocks.json(`reasons:${this.number}:${judge}:${chunk}`);
    return pairs.map((orders) =>
      orders.map((listed) => {
        for (let place = 0; place < listed.length; place += 2) if (listed[place] === at) return listed[place + 1];
        return "";
      }),
    );
  }

  /** The items whose prompt, reference, id or any answer has all words of a query, as a Set. */
  async search(query, index) {
    const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
    const found = new Set();
    for (let chunk = 0; chunk < this.chunks; chunk += 1) {
      this.folded[chunk] ??= await this.fold(chunk, index);
      this.folded[chunk].forEach((text, at) => {
        if (wanted.every((word) => text.includes(word))) found.add(chunk * this.chunk + at);
      });
    }
    return found;
  }

  async fold(chunk, index) {
    const texts = await this.blocks.json(`texts:${this.number}:${chunk}`);
    return texts.reference.map((reference, at) => {
      const item = chunk * this.chunk + at;
      const answers = texts.answers.map((own) => own[at] ?? "");
      return [index.id[item], index.prompt[item], reference, ...answers].join("\n").toLowerCase();
    });
  }
}
