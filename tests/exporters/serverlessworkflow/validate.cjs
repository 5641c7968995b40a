// Asks the official SDK whether documents are workflows: `node validate.cjs NODE_MODULES FILE…`; silent when all are.
const fs = require("fs");
const path = require("path");
const [modules, ...files] = process.argv.slice(2);
const sdk = require(path.join(modules, "@serverlessworkflow/sdk"));
for (const file of files) {
  try {
    sdk.validate("Workflow", sdk.Classes.Workflow.deserialize(fs.readFileSync(file, "utf8")));
  } catch (error) {
    console.log(`${file}: ${error.message}`);
    process.exitCode = 1;
  }
}
