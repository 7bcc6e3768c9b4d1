// Beside its document, wherever the service is; the key that is entered stays in this page.
SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null, // nothing is sent elsewhere
});
