// Search without a server: from the disk no browser starts a worker, so that its script runs in a
// hidden frame instead, with the same messages in and out.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const page = frame.contentDocument;
      const load = (address) =>
        new Promise((done, failed) => {
          const script = page.createElement("script");
          script.src = address;
          script.onload = done;
          script.onerror = failed;
          page.head.append(script);
        });
      this.inner = frame.contentWindow;
      this.inner.postMessage = (data) =>
        this.dispatchEvent(new MessageEvent("message", { data }));
      this.inner.importScripts = async (...addresses) => {
        for (const address of addresses) await load(address);
      };
      this.ready = load(new URL(url, document.baseURI).href);
    }
    async postMessage(data) {
      await this.ready;
      this.inner.dispatchEvent(new MessageEvent("message", { data }));
    }
    terminate() {}
  };
}
