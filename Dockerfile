# The server over stdio: docker run -i --rm IMAGE. See docs/install.md for credentials.
FROM node:22-alpine AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json LICENSE ./
COPY scripts scripts
COPY src src
RUN npm run build

FROM node:22-alpine
WORKDIR /app
# Node is to take the files for modules.
COPY --from=build /src/package.json ./
COPY --from=build /src/dist dist
COPY LICENSE ./
USER node
ENTRYPOINT ["node", "/app/dist/main.js"]
