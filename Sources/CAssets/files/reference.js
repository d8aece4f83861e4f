// The API reference: Swagger UI over our own OpenAPI file (<div id="reference" data-url="...">). It asks nobody else.
(() => {
  "use strict";
  const place = document.getElementById("reference");
  window.SwaggerUIBundle({
    url: place.dataset.url,
    domNode: place,
    deepLinking: true,
    validatorUrl: null,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    presets: [window.SwaggerUIBundle.presets.apis],
  });
})();
